" Vim itself takes `.flow` for nothing, and plugins for JavaScript take it for that.
autocmd BufNewFile,BufRead *.flow setlocal filetype=flow
