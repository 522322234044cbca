" flow, the language of flowrun: a bracket that opens at the end of a line indents, one that closes at its start does not.
if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal autoindent indentexpr=FlowIndent() indentkeys=0{,0},0),0],!^F,o,O
let b:undo_indent = 'setlocal autoindent< indentexpr< indentkeys<'

if exists('*FlowIndent')
  finish
endif

function! FlowIndent() abort
  let above = prevnonblank(v:lnum - 1)
  if above == 0
    return 0
  endif
  " Lines of a string are the writer's own.
  if synIDattr(synID(v:lnum, 1, 1), 'name') =~# '^flow\%(Block\|Shell\)' && getline(v:lnum) !~# '^\s*"""'
    return -1
  endif
  let indent = indent(above)
  if substitute(getline(above), '\s\+#.*$', '', '') =~# '[{(\[]\s*$'
    let indent += shiftwidth()
  endif
  if getline(v:lnum) =~# '^\s*[})\]]'
    let indent -= shiftwidth()
  endif
  return indent
endfunction
