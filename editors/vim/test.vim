" vim -Nu NONE -i NONE -es -S editors/vim/test.vim: loads files of the project as a user's Vim would, and looks at what stands
" where. Ends with the number of things that are wrong, and says them.
set runtimepath^=editors/vim
filetype plugin indent on
syntax enable
let s:wrong = []

function! s:names(line, column) abort
  return map(synstack(a:line, a:column), {_, id -> synIDattr(id, 'name')})
endfunction

" The syntax groups at the first character of a text, which stands once in the file.
function! s:expect(text, group) abort
  call cursor(1, 1)
  let place = searchpos('\V' . a:text, 'cW')
  let names = place[0] == 0 ? ['nowhere'] : s:names(place[0], place[1])
  if get(names, -1, '') !=# a:group
    call add(s:wrong, expand('%') . ': ' . a:text . ' is ' . string(names) . ' and not ' . a:group)
  endif
endfunction

" The first character of a text, and the group that it stands in somewhere within.
function! s:expect_within(text, group) abort
  call cursor(1, 1)
  let place = searchpos('\V' . a:text, 'cW')
  if place[0] == 0 || index(s:names(place[0], place[1]), a:group) < 0
    call add(s:wrong, expand('%') . ': ' . a:text . ' is not within ' . a:group)
  endif
endfunction

edit stdlib/pump.flow
if &filetype !=# 'flow' || &commentstring !=# '# %s' || &shiftwidth != 4
  call add(s:wrong, 'the filetype is ' . &filetype)
endif
call s:expect('## distcc''s pump mode', 'flowDoc')
call s:expect('task health', 'flowDeclaration')
call s:expect('health(pumpctl: Path)', 'flowName')
call s:expect('pumpctl: Path', 'flowLabel')
call s:expect('Path)', 'flowType')
call s:expect('{{ parent(pumpctl) }}/pumpctl health', 'flowSpliceMark')
call s:expect('# One that has ended', 'shComment')
call s:expect('kill -s', 'shStatement')
call s:expect('else {', 'flowConditional')
call s:expect_within('mkdir -p {{ folder }}', 'flowShell')
call s:expect_within('$(pgrep -u', 'flowShellBlock')
call s:expect('1m) -> Socket', 'flowNumber')
call s:expect('does pump, change', 'flowClause')
call s:expect('task stop', 'flowDeclaration')

" What `flowrun check --format short` says is understood.
call setqflist([], 'r', {'lines': ['a.flow:7:3: error[E0302]: no', 'a.flow:9:5: warning[W0701]: hm'], 'efm': &errorformat})
let s:told = map(getqflist(), {_, entry -> [entry.lnum, toupper(entry.type), trim(entry.text)]})
if s:told !=# [[7, 'E', '[E0302]: no'], [9, 'W', '[W0701]: hm']]
  call add(s:wrong, 'the quickfix list is ' . string(s:told))
endif

edit workflows/kernel.flow
call s:expect('use std/power', 'flowDeclaration')
call s:expect('only forbids', 'flowClause')
call s:expect('timeout: 10m', 'flowLabel')
call s:expect('here.mounts', 'flowKnown')
call s:expect('mounts)', 'flowMember')

" A test has words of its own, which mean nothing elsewhere.
edit editors/vscode/test/example.flow
call s:expect('command "make *"', 'flowTestWord')
call s:expect('E0302 because', 'flowCode')
call s:expect('run on builder', 'flowTestWord')
call s:expect('ok and here.on', 'flowMember')
call s:expect_within('expected: 1', 'flowTest')
call s:expect('file in *.c', 'shFor')

" Nothing of a string or a command is left open at the end of any file, and its indentation is its own.
for file in glob('stdlib/*.flow', 0, 1) + glob('workflows/*.flow', 0, 1) + glob('src/cli/new/*.flow', 0, 1)
  execute 'edit' file
  call append('$', '# end')
  if s:names(line('$'), 1) !=# ['flowComment']
    call add(s:wrong, file . ' ends in ' . string(s:names(line('$'), 1)))
  endif
  undo
  let before = getline(1, '$')
  " Every splice is one, in a string and in the shell of a command.
  for number in range(1, line('$'))
    let column = match(before[number - 1], '\\\@<!{{ ')
    while column >= 0
      let names = s:names(number, column + 1)
      if get(names, -1, '') !=# 'flowSpliceMark' && index(names, 'flowComment') < 0 && index(names, 'flowDoc') < 0
        call add(s:wrong, file . ':' . number . ': a splice is ' . string(names))
      endif
      let column = match(before[number - 1], '\\\@<!{{ ', column + 1)
    endwhile
  endfor
  silent normal! gg=G
  for number in range(1, line('$'))
    if getline(number) !=# before[number - 1]
      call add(s:wrong, file . ':' . number . ' is indented as: ' . getline(number))
    endif
  endfor
  edit!
endfor

if !empty(s:wrong)
  verbose echo join(s:wrong, "\n")
  cquit
endif
quitall!
