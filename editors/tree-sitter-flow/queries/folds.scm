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
  (string)
] @fold

; A run of doc comments.
(doc_comment)+ @fold
