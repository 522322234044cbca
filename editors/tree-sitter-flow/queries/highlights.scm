; Highlights for Neovim and for `tree-sitter highlight`. No node is captured by two patterns, so that it does not matter which of two would hold.

(comment) @comment
(doc_comment) @comment.documentation

; ---------------------------------------------------------------- words

[
  "input" "type" "class" "effect" "forbid" "because" "program" "host" "hosts" "condition" "stage" "test"
] @keyword

"task" @keyword.function

[ "use" "as" ] @keyword.import

[
  "extern" "only" "needs" "does" "after" "forbids" "expects" "leaves" "at-once" "tolerate" "every"
] @keyword.modifier

[ "let" "print" "assert" "ensure" "on" "at" "timeout" "group" ] @keyword

[ "if" "else" ] @keyword.conditional

[ "for" "retry" ] @keyword.repeat

"return" @keyword.return

[ "try" "rescue" "fail" "finally" ] @keyword.exception

[ "and" "or" "not" "in" ] @keyword.operator

(boolean) @boolean

; ---------------------------------------------------------------- what is declared

(use_declaration module: (module) @module)
(use_declaration alias: (identifier) @module)
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
(host_test !operator name: (path (identifier) @constant.builtin) (#any-of? @constant.builtin "all" "local"))
(host_test name: (path (identifier) @property) operator: (comparison) @operator value: (_))
(host_test value: (path (identifier) @constant))
(group_selector (identifier) @constant)

; ---------------------------------------------------------------- expressions

(call function: (name (identifier) @function.call) (#not-eq? @function.call "sh"))
(call function: (name (identifier) @function.builtin) (#eq? @function.builtin "sh"))
(call function: (field_access value: (name (identifier) @module) field: (identifier) @function.call))
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
