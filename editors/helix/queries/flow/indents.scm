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
] @indent

[ "}" ")" "]" ] @outdent
