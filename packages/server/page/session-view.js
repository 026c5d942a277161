import { attempt, element, fill, say } from './element.js';
import { call, follow } from './server.js';
import { duration, plain, sign } from './words.js';

/** The most characters of one cell's output that are shown; a program may print for days. */
const mostShown = 50_000;

/** A session: its cells as they run, and a place to write the next one. */
export function sessionView(sessionId, signal) {
  const path = `/sessions/${encodeURIComponent(sessionId)}`;
  const cells = element('ol.cells', { 'aria-label': 'Cells' });
  const state = element('span.pill', {}, '…');
  const names = element('div.names');
  const stop = element('button.danger', { type: 'button', hidden: true, onclick: attempt(async () => call('POST', `${path}/cancel`, {})) }, '■ Stop');
  const known = new Map();
  let refreshing;

  follow(`/ws${path}`, {
    signal,
    onState: (now, reason) => {
      state.textContent = { live: '● live', lost: '◌ reconnecting', ended: '■ closed', refused: `✗ ${reason ?? 'refused'}` }[now];
      state.dataset.state = now;
    },
    onMessages: (messages) => {
      const isAtEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 80;
      for (const message of messages) take(message);
      stop.hidden = ![...known.values()].some(({ isRunning }) => isRunning);
      if (isAtEnd && known.size > 0) window.scrollTo({ top: document.body.scrollHeight });
    },
  });

  function take({ type, data }) {
    const cell = data.executionId ? known.get(data.executionId) : undefined;
    if (type === 'EXECUTION_STARTED') {
      const made = createCell(known.size + 1, data.code);
      known.set(data.executionId, made);
      cells.append(made.item);
    } else if (type === 'EXECUTION_OUTPUT') {
      (cell ?? [...known.values()].at(-1))?.print(data.stream, data.text);
    } else if (type === 'EXECUTION_ENDED') {
      cell?.end(data.result);
      clearTimeout(refreshing);
      refreshing = setTimeout(() => void listNames(), 150);
    } else if (type in remarks) {
      cells.append(element('li.remark', {}, remarks[type](data)));
    }
  }

  async function listNames() {
    try {
      const { names: found } = await call('GET', `${path}/namespace`);
      fill(names, found, found.length === 0 ? element('p.help', {}, 'No names yet.') : namesTable(found));
    } catch {
      fill(names, 'none', element('p.help', {}, 'Nothing to tell while its worker does not run or is busy.'));
    }
  }

  return element(
    'section',
    { 'aria-labelledby': 'title' },
    element('header.head', {}, element('h1', { id: 'title', tabindex: -1 }, sessionId), state, element('span.spacer'), stop, checkpointButton(path), closeButton(path, sessionId)),
    cells,
    composer(path),
    element('details.card', { ontoggle: ({ target }) => target.open && void listNames() }, element('summary', {}, 'Names'), names),
  );
}

const remarks = {
  SESSION_CREATED: ({ language }) => `created, ${language}`,
  SESSION_CHECKPOINTED: ({ kept, size }) => `checkpoint: ${kept.length} names, ${size} bytes`,
  SESSION_RESTORED: ({ restored }) => `restored ${restored.length} names`,
  SESSION_CLOSED: () => 'closed',
  INPUT_REQUESTED: ({ prompt }) => `asks: ${plain(prompt)}`,
};

function createCell(number, code) {
  const state = element('span.pill', { 'data-state': 'running' }, sign('running'));
  const output = element('pre.output', { hidden: true, tabindex: 0, 'aria-label': `Output of cell ${number}` });
  const outcome = element('div.outcome');
  const item = element(
    'li.card.cell',
    {},
    element('div.row.cell-head', {}, element('span.number', {}, `[${number}]`), state),
    element('pre.code', { tabindex: 0, 'aria-label': `Code of cell ${number}` }, plain(code)),
    output,
    outcome,
  );
  let shown = 0;
  const cell = { item, isRunning: true, print, end };
  return cell;

  function print(stream, text) {
    output.hidden = false;
    const said = plain(text);
    output.append(element(`span.${stream === 'stderr' ? 'stderr' : 'stdout'}`, {}, said));
    shown += said.length;
    while (shown > mostShown && output.children.length > 1) {
      shown -= output.firstChild.textContent.length;
      output.firstChild.remove();
      output.dataset.cut = 'yes';
    }
  }

  function end({ status, repr, error, cancelled, executionTimeMs, valueOmitted }) {
    cell.isRunning = false;
    state.textContent = `${sign(status)} · ${duration(executionTimeMs)}`;
    state.dataset.state = status;
    if (repr !== '') outcome.append(element('pre.value', { tabindex: 0, 'aria-label': 'Value' }, plain(repr)));
    if (valueOmitted !== undefined && valueOmitted !== 'undefined' && repr === '') outcome.append(element('p.help', {}, valueOmitted));
    if (cancelled) outcome.append(element('p.help', {}, `Stopped by ${cancelled.by}; its variables are ${cancelled.namespaceKept ? 'still there' : 'gone'}`));
    if (error && status === 'error') {
      const where = error.span ? `, line ${error.span.line}, column ${error.span.column}` : '';
      outcome.append(element('pre.thrown', { tabindex: 0 }, plain(`${error.name}: ${error.message}${where}`)));
    }
  }
}

function composer(path) {
  const field = element('textarea', { id: 'code', rows: 4, spellcheck: 'false', autocapitalize: 'off', 'aria-label': 'Code of the next cell', placeholder: 'TypeScript with top-level await. Variables stay for the next cell.' });
  const run = attempt(async () => {
    if (field.value.trim() === '') return;
    await call('POST', `${path}/execute`, { code: field.value, waitMs: 0 });
    field.value = '';
    field.focus();
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void run(event);
  });
  return element('form.card.composer', { onsubmit: run }, field, element('div.row', {}, element('span.help', {}, 'Ctrl+Enter runs'), element('span.spacer'), element('button.primary', { type: 'submit' }, '▶ Run')));
}

function checkpointButton(path) {
  const keep = attempt(async () => {
    const { kept, skipped } = await call('POST', `${path}/checkpoint`);
    say(`Kept ${kept.length} names${skipped.length > 0 ? `, not ${skipped.map(({ name }) => name).join(', ')}` : ''}`);
  });
  return element('button', { type: 'button', title: 'Keep the variables, so that they outlive the worker', onclick: keep }, 'Checkpoint');
}

function closeButton(path, sessionId) {
  const close = attempt(async () => {
    if (!confirm(`Close session ${sessionId}? Its variables are gone; what ran stays in the log.`)) return;
    await call('DELETE', path);
    location.hash = '#/';
  });
  return element('button', { type: 'button', onclick: close }, 'Close');
}

function namesTable(names) {
  const rows = names.map(({ name, type, preview }) => element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, type), element('td', {}, element('code', {}, plain(preview)))));
  return element('table', {}, element('thead', {}, element('tr', {}, ...['name', 'type', 'value'].map((title) => element('th', { scope: 'col' }, title)))), element('tbody', {}, ...rows));
}
