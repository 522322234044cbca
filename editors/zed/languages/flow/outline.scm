(task_declaration "task" @context name: (identifier) @name) @item
(stage_declaration "stage" @context name: (identifier) @name) @item
(condition_declaration "condition" @context name: (identifier) @name) @item
(type_declaration "type" @context name: (identifier) @name) @item
(input_declaration "input" @context name: (identifier) @name) @item
(class_declaration "class" @context name: (identifier) @name) @item
(effect_declaration "effect" @context name: (identifier) @name) @item
(host_declaration "host" @context name: (identifier) @name) @item
(hosts_declaration "hosts" @context name: (identifier) @name) @item
(test_declaration "test" @context title: (string) @name) @item
(doc_comment) @annotation
