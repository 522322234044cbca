-- What Neovim's own client makes of the server, without a screen: opens a workflow that has a fault, and prints what the
-- editor was told. FLOWRUN is the program, WORKFLOW the file.
--
--   FLOWRUN=target/debug/flowrun WORKFLOW=main.flow nvim --headless --clean -l tests/editors/neovim.lua   (0.9 and newer)
--   … nvim --headless --clean -c 'luafile tests/editors/neovim.lua'                                       (any)

local out = {}
local function say(text) table.insert(out, (tostring(text):gsub(vim.fn.getcwd(), '/w'))) end

local function finish(code)
  io.stdout:write(table.concat(out, '\n') .. '\n')
  io.stdout:flush()
  -- The server is told to end, and is waited for.
  for _, client in ipairs((vim.lsp.get_clients or vim.lsp.get_active_clients)()) do
    client.stop()
  end
  vim.wait(5000, function() return #(vim.lsp.get_clients or vim.lsp.get_active_clients)() == 0 end, 10)
  vim.cmd(code .. 'cquit')
end

local function place(needle)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(needle, 1, true)
    if column then
      vim.api.nvim_win_set_cursor(0, { number, column - 1 })
      return
    end
  end
  error('no ' .. needle)
end

local function ask(method, params)
  local answers, problem = vim.lsp.buf_request_sync(0, method, params, 10000)
  assert(answers, problem)
  for _, answer in pairs(answers) do
    if answer.error then return nil, answer.error.message end
    return answer.result
  end
end

local function here()
  return vim.lsp.util.make_position_params(0, 'utf-16')
end

local function main()
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.WORKFLOW))
  local options = { name = 'flowrun', cmd = { vim.env.FLOWRUN, 'lsp' }, root_dir = vim.fn.getcwd() }
  if vim.lsp.start then
    vim.lsp.start(options)
  else
    vim.lsp.buf_attach_client(0, vim.lsp.start_client(options))
  end

  assert(vim.wait(10000, function() return #vim.diagnostic.get(0) > 0 end, 10), 'no diagnostics')
  for _, found in ipairs(vim.diagnostic.get(0)) do
    say(('diagnostic %d:%d %s'):format(found.lnum + 1, found.col, found.message:match('[^\n]*')))
  end

  place('reachable')
  local hover = ask('textDocument/hover', here())
  say('hover ' .. hover.contents.value:gsub('\n', ' '))
  local definition = ask('textDocument/definition', here())
  say(('definition %s:%d'):format(vim.uri_to_fname(definition[1].uri), definition[1].range.start.line + 1))

  place('here.name')
  local params = here()
  params.position.character = params.position.character + 5
  local names = {}
  for _, item in ipairs(ask('textDocument/completion', params)) do table.insert(names, item.label) end
  say('completion ' .. table.concat(names, ' '))

  local last = vim.api.nvim_buf_line_count(0)
  local whole = { start = { line = 0, character = 0 }, ['end'] = { line = last, character = 0 } }
  local document = vim.lsp.util.make_text_document_params(0)
  for _, hint in ipairs(ask('textDocument/inlayHint', { textDocument = document, range = whole })) do
    say(('hint %d %s'):format(hint.position.line + 1, hint.label))
  end

  place('builder =')
  local rename = here()
  rename.newName = 'compiler'
  local edit = ask('textDocument/rename', rename)
  vim.lsp.util.apply_workspace_edit(edit, 'utf-16')
  for _, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    if line:find('compiler', 1, true) then say('renamed ' .. line) end
  end
  local taken = here()
  taken.newName = 'workers'
  local _, refusal = ask('textDocument/rename', taken)
  say('refused ' .. refusal)

  -- What is written in the editor is mended in the editor.
  vim.cmd([[%s/port = $/port = 3632/]])
  assert(vim.wait(10000, function() return #vim.diagnostic.get(0) == 0 end, 10), 'the fault stays')
  say('mended')

  local client = (vim.lsp.get_clients or vim.lsp.get_active_clients)()[1]
  if client.server_capabilities.documentFormattingProvider then
    -- Neovim 0.7 knows it by another name.
    local format = vim.lsp.buf.format or function() vim.lsp.buf.formatting_sync(nil, 10000) end
    format({ timeout_ms = 10000 })
    say('formatted')
  end
end

local ok, problem = pcall(main)
if not ok then say('FAILED ' .. tostring(problem)) end
finish(ok and 0 or 1)
