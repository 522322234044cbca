; Highlights for Helix. No node is captured by two patterns, so that it does not matter which of two would hold.

(comment) @comment.line
(doc_comment) @comment.block.documentation

; ---------------------------------------------------------------- words

[
  "input" "type" "class" "effect" "forbid" "because" "program" "host" "hosts" "condition" "stage" "test"
] @keyword

"task" @keyword.function

[ "use" "as" ] @keyword.control.import

[
  "extern" "only" "needs" "does" "after" "forbids" "expects" "leaves" "at-once" "tolerate" "every"
] @keyword.storage.modifier

[ "let" "print" "assert" "ensure" "on" "at" "timeout" "group" ] @keyword

[ "if" "else" ] @keyword.control.conditional

[ "for" "retry" ] @keyword.control.repeat

"return" @keyword.control.return

[ "try" "rescue" "fail" "finally" ] @keyword.control.exception

[ "and" "or" "not" "in" ] @keyword.operator

(boolean) @constant.builtin.boolean

; ---------------------------------------------------------------- what is declared

(use_declaration module: (module) @namespace)
(use_declaration alias: (identifier) @namespace)
(input_declaration name: (identifier) @variable)
(type_declaration name: (identifier) @type)
(field_declaration name: (identifier) @variable.other.member)
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
(host_test !operator name: (path (identifier) @constant.builtin) (#any-of? @constant.builtin "all" "local"))
(host_test name: (path (identifier) @variable.other.member) operator: (comparison) @operator value: (_))
(host_test value: (path (identifier) @constant))
(group_selector (identifier) @constant)

; ---------------------------------------------------------------- expressions

(call function: (name (identifier) @function) (#not-eq? @function "sh"))
(call function: (name (identifier) @function.builtin) (#eq? @function.builtin "sh"))
(call function: (field_access value: (name (identifier) @namespace) field: (identifier) @function))
(sh_command "sh" @function.builtin)
(argument name: (identifier) @variable.parameter)
(entry key: (identifier) @variable.other.member)
(let_statement name: (identifier) @variable)
(for_statement name: (identifier) @variable)
(comprehension name: (identifier) @variable)
(try_statement name: (identifier) @variable)

; ---------------------------------------------------------------- literals

[ "\"" "\"\"\"" ] @string
(string_content) @string
(escape) @constant.character.escape
(splice [ "{{" "}}" ] @punctuation.special)

(integer) @constant.numeric
(duration) @constant.numeric
(size) @constant.numeric

(binary_expression operator: [ "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" ] @operator)
(negation "-" @operator)
[ "=" "->" "?" ] @operator

[ "(" ")" "[" "]" "{" "}" ] @punctuation.bracket
[ "," ":" "." ] @punctuation.delimiter
