" flow, the language of flowrun. Its words are held to grammar/flow.pest by tests/editors.rs.
if exists('b:current_syntax')
  finish
endif
let s:saved = &cpoptions
set cpoptions&vim

" ------------------------------------------------------------------ words
syntax keyword flowDeclaration use as input type class effect forbid program host hosts condition task extern stage test
syntax keyword flowClause because does only needs after forbids expects leaves at-once tolerate every group
syntax keyword flowStatement let return print assert fail on at ensure finally try rescue timeout
syntax keyword flowConditional if else
syntax keyword flowRepeat for retry
syntax keyword flowOperatorWord and or not in
syntax keyword flowBoolean true false
syntax keyword flowRun sh
syntax keyword flowKnown here none all local
syntax keyword flowType Str Int Bool Duration Size Path Host Output Secret List Map File Socket Process Data

" The words of tests mean something there alone.
syntax keyword flowTestWord contained file answer with then run expect no command output ok changed failed refusal
syntax match flowCode "\<\u\d\+\>" contained
syntax cluster flowAround contains=flowDeclaration,flowClause,flowName,flowComment,flowDoc,flowShell,flowShellBlock
syntax region flowTest matchgroup=flowTestEdge start="\%(^test\s.*\)\@<={" end="}" contains=@flowValue,@flowAround,flowTestWord,flowCode,flowTestBraces
syntax region flowTestBraces matchgroup=flowTestEdge start="{" end="}" contained contains=@flowValue,@flowAround,flowTestWord,flowCode,flowTestBraces

" A name behind a dot or before a colon is no word of the language: `here.on`, `timeout: 30s`. Vim prefers a keyword to a
" match that begins where it does, so these begin before it.
syntax match flowMember "\.\h\%(\w\|-\)*"
syntax match flowLabelled "\%([(,]\s*\|^\s\+\)\h\%(\w\|-\)*\ze\s*:" contains=flowLabel
syntax match flowLabel "\h\%(\w\|-\)*" contained
syntax match flowCall "\<\h\%(\w\|-\)*\ze(" contains=flowRun
syntax match flowName "\%(^\s*\%(extern\s\+\)\?\%(task\|stage\|type\|class\|effect\|input\|host\|hosts\|condition\)\s\+\)\@<=\h\%(\w\|-\)*"

syntax match flowNumber "\<\d[0-9_]*\%(ms\|s\|m\|h\|d\|KiB\|MiB\|GiB\|TiB\|B\)\?\>"
syntax match flowOperator "->\|[=!<>]=\|[<>=+*/%?]\|\s\zs-\ze\s"

" ------------------------------------------------------------------ comments
syntax match flowComment "#.*$" contains=flowTodo,@Spell
syntax match flowDoc "##.*$" contains=@Spell
syntax keyword flowTodo TODO XXX contained

" ------------------------------------------------------------------ strings
syntax match flowEscape "\\." contained
syntax cluster flowValue contains=flowOperatorWord,flowBoolean,flowRun,flowKnown,flowType,flowConditional,flowRepeat,flowStatement,flowMember,flowLabelled,flowCall,flowNumber,flowOperator,flowString,flowBlock
syntax region flowString start=+"+ end=+"+ oneline contains=flowEscape,flowSplice,@Spell
syntax region flowBlock start=+"""+ end=+"""+ contains=flowEscape,flowSplice,@Spell

" ------------------------------------------------------------------ shell in commands
unlet! b:current_syntax
syntax include @flowSh syntax/sh.vim
unlet! b:current_syntax
" The shell's file sets these for itself.
syntax iskeyword @,48-57,_,-
syntax case match
syntax sync clear
syntax sync fromstart
" Behind the shell's own, which would take a splice for something of its.
syntax region flowSplice matchgroup=flowSpliceMark start="{{" end="}}" contained extend containedin=@flowSh contains=@flowValue,flowBraces
syntax region flowBraces start="{" end="}" contained contains=@flowValue,flowBraces
" Whatever the shell's own syntax makes of a command, it ends with its string: `keepend`.
syntax region flowShell matchgroup=flowQuote start=+\%(\<sh\s*(\?\s*\n\?\s*\)\@40<="+ skip=+\\.+ end=+"+ oneline keepend contains=flowEscape,flowSplice,@flowSh
syntax region flowShellBlock matchgroup=flowQuote start=+\%(\<sh\s*(\?\s*\)\@40<="""+ end=+"""+ keepend contains=flowEscape,flowSplice,@flowSh

highlight default link flowDeclaration Structure
highlight default link flowClause Keyword
highlight default link flowStatement Statement
highlight default link flowConditional Conditional
highlight default link flowRepeat Repeat
highlight default link flowOperatorWord Operator
highlight default link flowOperator Operator
highlight default link flowTestWord Statement
highlight default link flowCode Constant
highlight default link flowBoolean Boolean
highlight default link flowRun Function
highlight default link flowCall Function
highlight default link flowName Identifier
highlight default link flowLabel Identifier
highlight default link flowKnown Constant
highlight default link flowType Type
highlight default link flowNumber Number
highlight default link flowComment Comment
highlight default link flowDoc SpecialComment
highlight default link flowTodo Todo
highlight default link flowString String
highlight default link flowBlock String
highlight default link flowQuote String
highlight default link flowEscape SpecialChar
highlight default link flowSpliceMark Delimiter

let b:current_syntax = 'flow'
let &cpoptions = s:saved
unlet s:saved
