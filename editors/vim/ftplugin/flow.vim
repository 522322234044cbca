" flow, the language of flowrun.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1
let s:saved = &cpoptions
set cpoptions&vim

setlocal comments=:##,:# commentstring=#\ %s
setlocal formatoptions-=t formatoptions+=croql
setlocal expandtab shiftwidth=4 softtabstop=4
" A name may hold a hyphen: pump-start.
setlocal iskeyword+=-
setlocal include=^\\s*use\\s\\+ includeexpr=substitute(v:fname,'$','.flow','')
setlocal suffixesadd=.flow

" :make checks, and :copen lists what it says.
setlocal makeprg=flowrun\ check\ --format\ short\ %:S
setlocal errorformat=%f:%l:%c:\ %trror%m,%f:%l:%c:\ %tarning%m,%f:%l:%c:\ %tote%m

let b:undo_ftplugin = 'setlocal comments< commentstring< formatoptions< expandtab< shiftwidth< softtabstop<'
      \ . ' iskeyword< include< includeexpr< suffixesadd< makeprg< errorformat<'

let &cpoptions = s:saved
unlet s:saved
