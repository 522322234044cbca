; The text of a command is shell; splices and escapes in it are not.

(sh_command
  command: (string (string_content) @injection.content)
  (#set! injection.language "bash"))

(call
  function: (name (identifier) @_task)
  arguments: (arguments . (argument !name value: (string (string_content) @injection.content)))
  (#eq? @_task "sh")
  (#set! injection.language "bash"))

((comment) @injection.content
  (#set! injection.language "comment"))
