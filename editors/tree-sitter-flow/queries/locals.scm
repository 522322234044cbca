; Where a name is known: a file, a task or stage, a block, a comprehension.

[
  (source_file)
  (task_declaration)
  (stage_declaration)
  (block)
  (test_block)
  (for_statement)
  (try_statement)
  (comprehension)
] @local.scope

(input_declaration name: (identifier) @local.definition.var)
(type_declaration name: (identifier) @local.definition.type)
(class_declaration name: (identifier) @local.definition.constant)
(effect_declaration name: (identifier) @local.definition.constant)
(host_declaration name: (identifier) @local.definition.constant)
(hosts_declaration name: (identifier) @local.definition.constant)
(condition_declaration name: (identifier) @local.definition.constant)
(use_declaration alias: (identifier) @local.definition.import)
(task_declaration name: (identifier) @local.definition.function)
(stage_declaration name: (identifier) @local.definition.function)
(parameter name: (identifier) @local.definition.parameter)
(let_statement name: (identifier) @local.definition.var)
(for_statement name: (identifier) @local.definition.var)
(try_statement name: (identifier) @local.definition.var)
(comprehension name: (identifier) @local.definition.var)

(name (identifier) @local.reference)
(host_test name: (path (identifier) @local.reference))
(after_clause stage: (identifier) @local.reference)
