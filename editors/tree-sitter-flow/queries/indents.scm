[
  (block)
  (test_block)
  (declared)
  (parameters)
  (arguments)
  (type_declaration)
  (list)
  (comprehension)
  (record)
  (parenthesized)
] @indent.begin

[ "}" ")" "]" ] @indent.branch @indent.end

(string) @indent.auto
(comment) @indent.ignore
