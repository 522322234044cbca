; Highlights for Zed. No node is captured by two patterns, so that it does not matter which of two would hold.

(comment) @comment
(doc_comment) @comment.doc

; ---------------------------------------------------------------- words

[
  "input" "type" "class" "effect" "forbid" "because" "program" "host" "hosts" "condition" "stage" "test"
] @keyword

"task" @keyword

[ "use" "as" ] @keyword

[
  "extern" "only" "needs" "does" "after" "forbids" "expects" "leaves" "at-once" "tolerate" "every"
] @keyword

[ "let" "print" "assert" "ensure" "on" "at" "timeout" "group" ] @keyword

[ "if" "else" ] @keyword

[ "for" "retry" ] @keyword

"return" @keyword

[ "try" "rescue" "fail" "finally" ] @keyword

[ "and" "or" "not" "in" ] @keyword

(boolean) @boolean

; ---------------------------------------------------------------- what is declared

(use_declaration module: (module) @namespace)
(use_declaration alias: (identifier) @namespace)
(input_declaration name: (identifier) @variable)
(type_declaration name: (identifier) @type)
(field_declaration name: (identifier) @property)
(class_declaration name: (identifier) @constant)
(effect_declaration name: (identifier) @attribute)
(forbid_declaration effect: (identifier) @attribute)
(program_declaration effect: (identifier) @attribute)
(does_clause effect: (identifier) @attribute)
(forbids_clause effect: (identifier) @attribute)
(host_declaration name: (identifier) @constant)
(hosts_declaration name: (identifier) @constant)
(condition_declaration name: (identifier) @constant)
(expects_clause condition: (path (identifier) @constant))
(leaves_clause condition: (path (identifier) @constant))
(task_declaration name: (identifier) @function)
(stage_declaration name: (identifier) @function)
(after_clause stage: (identifier) @function)
(parameter name: (identifier) @variable.parameter)
(type name: (path (identifier) @type))

; ---------------------------------------------------------------- tests

[
  "file" "answer" "with" "then" "run" "expect" "no" "command" "output" "ok" "changed" "failed" "refusal"
] @keyword

(code) @constant
(test_host name: (identifier) @constant)
(test_input name: (identifier) @variable)
(test_run stage: (identifier) @function)
(test_expectation stage: (identifier) @function)

; ---------------------------------------------------------------- selectors

(host_test !operator name: (path (identifier) @constant) (#not-any-of? @constant "all" "local"))
(host_test !operator name: (path (identifier) @constant) (#any-of? @constant "all" "local"))
(host_test name: (path (identifier) @property) operator: (comparison) @operator value: (_))
(host_test value: (path (identifier) @constant))
(group_selector (identifier) @constant)

; ---------------------------------------------------------------- expressions

(call function: (name (identifier) @function) (#not-eq? @function "sh"))
(call function: (name (identifier) @function.builtin) (#eq? @function.builtin "sh"))
(call function: (field_access value: (name (identifier) @namespace) field: (identifier) @function))
(sh_command "sh" @function.builtin)
(argument name: (identifier) @variable.parameter)
(entry key: (identifier) @property)
(let_statement name: (identifier) @variable)
(for_statement name: (identifier) @variable)
(comprehension name: (identifier) @variable)
(try_statement name: (identifier) @variable)

; ---------------------------------------------------------------- literals

[ "\"" "\"\"\"" ] @string
(string_content) @string
(escape) @string.escape
(splice [ "{{" "}}" ] @punctuation.special)

(integer) @number
(duration) @number
(size) @number

(binary_expression operator: [ "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" ] @operator)
(negation "-" @operator)
[ "=" "->" "?" ] @operator

[ "(" ")" "[" "]" "{" "}" ] @punctuation.bracket
[ "," ":" "." ] @punctuation.delimiter
