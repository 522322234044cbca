" flow, the language of flowrun: a bracket that opens at the end of a line indents, one that closes at its start does not.
if exists('b:did_indent')
  finish
endif
let b:did_indent = 1
let s:saved = &cpoptions
set cpoptions&vim

setlocal autoindent indentexpr=FlowIndent() indentkeys=0{,0},0),0],!^F,o,O
let b:undo_indent = 'setlocal autoindent< indentexpr< indentkeys<'

if exists('*FlowIndent')
  let &cpoptions = s:saved
  unlet s:saved
  finish
endif

" Whether a place is in a group whose name begins so, or in what stands in one.
function! s:in(line, column, pattern) abort
  return !empty(filter(synstack(a:line, a:column), {_, id -> synIDattr(id, 'name') =~# a:pattern}))
endfunction

" Whether a line begins within a string over several lines: its indentation is the writer's own.
function! s:is_text(line) abort
  return s:in(a:line, 1, '^flow\%(Block\|ShellBlock\|Quote\)$')
endfunction

" How many more brackets a line opens than it closes, those that close at its start aside.
function! s:opened(line) abort
  let text = getline(a:line)
  let column = s:is_text(a:line) ? 0 : matchend(text, '^\s*[})\]]*')
  let opened = 0
  while 1
    let column = match(text, '[][(){}]', column)
    if column < 0
      return opened
    endif
    if !s:in(a:line, column + 1, '^flow\%(String\|Block\|Shell\|Quote\|Comment\|Doc\)')
      let opened += text[column] =~# '[[({]' ? 1 : -1
    endif
    let column += 1
  endwhile
endfunction

" Whether what a line says goes on behind the operator at its end.
function! s:goes_on(line) abort
  let column = match(getline(a:line), '\%(\<or\|\<and\|\<in\|[-+*/%=<]\)\s*$')
  return column >= 0 && !s:in(a:line, column + 1, '^flow\%(String\|Block\|Shell\|Quote\|Comment\|Doc\)')
endfunction

function! FlowIndent() abort
  if s:is_text(v:lnum)
    return -1
  endif
  let above = prevnonblank(v:lnum - 1)
  while above > 0 && s:is_text(above)
    let above = prevnonblank(above - 1)
  endwhile
  if above == 0
    return 0
  endif
  let opened = 0
  for line in range(above, v:lnum - 1)
    let opened += s:opened(line)
  endfor
  let closes = getline(v:lnum) =~# '^\s*[})\]]'
  let hangs = s:goes_on(above) - s:goes_on(prevnonblank(above - 1))
  return max([0, indent(above) + shiftwidth() * ((opened > 0) - (opened < 0) - closes + hangs)])
endfunction

let &cpoptions = s:saved
unlet s:saved
