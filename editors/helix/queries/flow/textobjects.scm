(task_declaration body: (block) @function.inside) @function.around
(stage_declaration body: (block) @function.inside) @function.around
(test_declaration body: (test_block) @test.inside) @test.around
(type_declaration) @class.around
(parameters (parameter) @parameter.inside)
(arguments (argument) @parameter.inside)
(entry) @entry.inside
(comment) @comment.inside
(comment)+ @comment.around
(doc_comment)+ @comment.around
