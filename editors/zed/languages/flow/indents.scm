(block "}" @end) @indent
(type_declaration "}" @end) @indent
(record "}" @end) @indent
(parameters ")" @end) @indent
(arguments ")" @end) @indent
(parenthesized ")" @end) @indent
(list "]" @end) @indent
(comprehension "]" @end) @indent
