import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { holdfast as run, startServe } from './command-line.ts';
import { Api, temporaryFolder, token } from './running-holdfast.ts';
import { startWithTasks } from './running-tasks.ts';

let holdfast: Awaited<ReturnType<typeof startWithTasks>>;
let api: Api;
let url: string;
beforeAll(async () => {
  holdfast = await startWithTasks();
  url = holdfast.server.url;
  api = new Api(url);
});
afterAll(async () => holdfast.close());

describe('the page', () => {
  test('SRV-73 comes without a token, loads nothing from elsewhere and lets nobody frame it', async () => {
    const answer = await fetch(url);
    const page = await answer.text();

    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/u);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const sources = [...page.matchAll(/(?:src|href)="(?<source>[^"#]+)"/gu)].map(({ groups }) => groups?.['source'] ?? '');
    expect(sources.length).toBeGreaterThan(2);
    for (const source of sources) expect(await fetch(new URL(source, `${url}/`))).toMatchObject({ status: 200 });
    expect(sources.filter((source) => /^(?:\w+:|\/\/)/u.test(source))).toEqual([]);
  });

  test('SRV-73 another host or origin does not get it', async () => {
    expect((await fetch(url, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  });

  test('SRV-73 a link is made for who has the token, and signs in once', async () => {
    expect((await new Api(url, 'wrong').request('POST', '/page/links')).status).toBe(401);
    const { code } = (await api.request('POST', '/page/links')).body;
    const anybody = new Api(url, 'wrong');

    expect((await anybody.request('POST', '/page/sign-in', { code })).body).toEqual({ token });
    expect(await anybody.request('POST', '/page/sign-in', { code })).toMatchObject({ status: 403, body: { code: 'link_expired' } });
    expect(await anybody.request('POST', '/page/sign-in', { code: 'guessed' })).toMatchObject({ status: 403, body: { code: 'link_expired' } });
    expect(await anybody.request('POST', '/page/sign-in', {})).toMatchObject({ status: 400, body: { code: 'validation' } });
  });

  test('holdfast open prints a link of the running server', async () => {
    const cwd = temporaryFolder();
    const server = await startServe({ cwd });
    const { stdout, code } = await run(['open', '--print'], { cwd });
    const [, once] = /^http:\/\/127\.0\.0\.1:\d+\/#once=(?<once>[\w-]{43})\n$/u.exec(stdout) ?? [];

    expect(code).toBe(0);
    expect((await server.api.request('POST', '/page/sign-in', { code: once })).status).toBe(200);
    expect(await run(['open', '--print'], { cwd: temporaryFolder() })).toMatchObject({ code: 1, stderr: expect.stringContaining('HOLDFAST_CLI_NO_SERVER') });
  });
});

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

describe.skipIf(browserPath === undefined)('the page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => browser.close());

  /** A page that is signed in by a link, and every complaint that the browser had. */
  async function open(width = 1200): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext({ viewport: { width, height: 800 } });
    onTestFinished(async () => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => void dialog.accept());
    const { code } = (await api.request('POST', '/page/links')).body;
    await page.goto(`${url}/#once=${code}`);
    await page.getByRole('link', { name: 'Holdfast' }).waitFor();
    expect(page.url()).not.toContain('once=');
    return { page, complaints };
  }

  test('SRV-73 asks for the token, refuses a wrong one and keeps the right one for this tab', async () => {
    const page = await browser.newPage();
    onTestFinished(async () => page.close());
    await page.goto(url);
    await page.getByLabel('Or paste the token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('its token is wrong').waitFor();

    await page.getByLabel('Or paste the token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();

    expect(await page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, '']);
  });

  test('a session is made and run by keyboard, its output and its errors are shown, and a loop is stopped', async () => {
    const { page, complaints } = await open();
    await page.getByRole('button', { name: '+ New' }).press('Enter');
    const code = page.getByLabel('Code of the next cell');
    await code.fill('console.log("<b>hello</b>"); const kept = 40 + 2; kept');
    await code.press('Control+Enter');
    await page.getByLabel('Output of cell 1').getByText('<b>hello</b>').waitFor();
    await page.getByLabel('Value').getByText('42').waitFor();

    await code.fill('kept.no.thing');
    await code.press('Control+Enter');
    await page.getByText(/TypeError: .*line 1/u).waitFor();
    await code.fill('for (;;) {}');
    await code.press('Control+Enter');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('its variables are still there').waitFor();

    expect(complaints).toEqual([]);
  });

  test('PR-17 what a cell asks is answered with a button', async () => {
    const { page, complaints } = await open();
    const sessionId = await api.createSession();
    const { body } = await api.execute(sessionId, '(await capabilities.approve({ text: "Deploy version 7?" })).approved', { waitMs: 0 });

    const question = page.getByRole('form', { name: 'Deploy version 7?' });
    await question.getByRole('button', { name: 'Approve' }).click();

    expect((await api.request('GET', `/executions/${body.executionId}?waitMs=25000`)).body).toMatchObject({ status: 'ok', value: true });
    await question.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('SRV-37 a task is followed live, denied what it asks, and cancelled', async () => {
    const { taskId } = (await api.request('POST', '/tasks', { prompt: 'Write a kettle for the page' })).body;
    const { page, complaints } = await open();
    await page.getByRole('link', { name: 'Write a kettle for the page' }).first().click();
    const timeline = page.getByRole('list', { name: 'What happened' });
    await timeline.getByText('task created').waitFor();

    await holdfast.tasks.happen(taskId, 3);
    await expect.poll(async () => timeline.getByText('module iteration').count()).toBe(3);
    await holdfast.tasks.ask(taskId, 'approval', 'Ship the kettle?');
    await page.getByRole('form', { name: 'Ship the kettle?' }).getByRole('button', { name: 'Deny' }).click();
    await timeline.getByText('user intervention').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('■ cancelled').first().waitFor();

    expect(complaints).toEqual([]);
  });

  test('SRV-14 comes back by itself after the connection was lost, without a gap', async () => {
    const { page } = await open();
    const sessionId = await api.createSession();
    await page.goto(`${url}/#/sessions/${sessionId}`);
    await page.getByText('● live').waitFor();

    await page.context().setOffline(true);
    await api.execute(sessionId, 'console.log("meanwhile")');
    await page.context().setOffline(false);
    await api.execute(sessionId, 'console.log("and after")');

    await page.getByText('and after').last().waitFor();
    expect(await page.locator('.output').allTextContents()).toEqual(['meanwhile\n', 'and after\n']);
  });

  test.each([320, 390, 768, 1440])('fits a screen of %i pixels', async (width) => {
    const sessionId = await api.createSession();
    await api.execute(sessionId, `console.log("${'x'.repeat(400)}")`);
    const { page } = await open(width);
    await page.goto(`${url}/#/sessions/${sessionId}`);
    await page.getByLabel('Output of cell 1').waitFor();

    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  });
});
