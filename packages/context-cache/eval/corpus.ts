/** Documents of many kinds, cut at 16,000 characters, and smaller pieces of them: what the token estimator is measured on. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomFrom } from './random.ts';

export interface Document {
  readonly kind: string;
  readonly text: string;
}

const longest = 16_000;
const perKind = 42;
const peers = fileURLToPath(new URL('peers/node_modules', import.meta.url));
const require = createRequire(import.meta.url);

export function loadCorpus(): Document[] {
  return Object.entries(sources()).flatMap(([kind, texts]) =>
    spread(texts.filter((text) => text.length > 400), perKind).map((text) => ({ kind, text: cut(text) })),
  );
}

/** Pieces of 200 to 1400 characters, two of each document. */
export function piecesOf(documents: readonly Document[]): Document[] {
  const random = randomFrom(7);
  return documents.flatMap(({ kind, text }) =>
    [0, 1].map(() => {
      const length = 200 + Math.floor(random() * 1200);
      const start = Math.floor(random() * Math.max(1, text.length - length));
      return { kind, text: text.slice(start, start + length) };
    }),
  );
}

function sources(): Record<string, string[]> {
  const typescript = files(peers, '{rxjs,@reduxjs/toolkit,ai,zod,mobx}/src/**/*.ts');
  const markdown = files(peers, '*/{README,CHANGELOG,readme}.md').concat(files(peers, '@*/*/{README,CHANGELOG}.md'), files(peers, 'ai/docs/**/*.mdx'));
  return {
    typescript,
    javascript: files(peers, '{rxjs,@reduxjs/toolkit,zod,mobx,immer}/{dist,v4}/**/*.js'),
    declarations: files(peers, '{rxjs,@reduxjs/toolkit,zod,mobx}/{dist,v4}/**/*.d.ts'),
    markdown,
    english: markdown.map((text) => text.replaceAll(/```[\s\S]*?```/gu, '').replaceAll(/^[^A-Z].*$/gmu, '').replaceAll(/\n{2,}/gu, '\n')),
    json: files(peers, '**/package.json').concat(files(peers, '**/*.map').map((text) => text.slice(0, 3000))).slice(0, 60),
    diffs: typescript.slice(40).map(asDiff),
    events: many(eventLog),
    logs: many(serverLog),
    emoji: many((random) => withEmoji(markdown, random)),
    ...Object.fromEntries(['zh-cn', 'zh-tw', 'ja', 'ko', 'ru', 'de', 'fr'].map((language) => [language, diagnostics(language)])),
  };
}

function files(root: string, pattern: string): string[] {
  return globSync(pattern, { cwd: root })
    .toSorted()
    .map((path) => join(root, path))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
}

/** The compiler's messages in another language, a few hundred to a document. */
function diagnostics(language: string): string[] {
  const compiler = dirname(createRequire(require.resolve('typescript')).resolve('@typescript/old'));
  const messages: string[] = Object.values(JSON.parse(readFileSync(join(compiler, language, 'diagnosticMessages.generated.json'), 'utf8')));
  const share = Math.ceil(messages.length / perKind);
  return Array.from({ length: perKind }, (_, at) => messages.slice(at * share, (at + 1) * share).join('\n'));
}

function asDiff(text: string, seed: number): string {
  const random = randomFrom(seed);
  const lines = text.split('\n').map((line) => (random() < 0.15 ? `-${line}\n+${line.replace('return', 'yield')}` : ` ${line}`));
  return `diff --git a/file.ts b/file.ts\n--- a/file.ts\n+++ b/file.ts\n@@ -1,${lines.length} +1,${lines.length} @@\n${lines.join('\n')}`;
}

function many(make: (random: () => number) => string): string[] {
  return Array.from({ length: perKind }, (_, seed) => make(randomFrom(seed)));
}

function eventLog(random: () => number): string {
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const event = (place: number): string =>
    JSON.stringify({
      eventId: `${hex(8)}-${hex(4)}-7${hex(3)}-${hex(4)}-${hex(12)}`,
      type: ['MODULE_ITERATION', 'TEST_PASSED', 'CODE_GENERATED'][place % 3],
      sequenceNumber: place,
      codeHash: hex(64),
      vectorClock: { [`worker-${hex(4)}`]: place },
      timestamp: new Date(1_780_000_000_000 + place * 1234).toISOString(),
      data: { module: `module${place % 7}`, note: 'kept going' },
    });
  return Array.from({ length: 5 + Math.floor(random() * 30) }, (_, place) => event(place + 1)).join('\n');
}

function serverLog(random: () => number): string {
  const line = (place: number): string => {
    const at = new Date(1_780_000_000_000 + place * 777).toISOString();
    const level = ['INFO ', 'WARN ', 'DEBUG', 'ERROR'][Math.floor(random() * 4)] ?? '';
    const port = 1024 + Math.floor(random() * 60_000);
    return `${at} ${level} [worker-${place % 9}] request from 10.0.${place % 256}.${place % 19}:${port} took ${Math.floor(random() * 900)}ms status=${[200, 404, 503][place % 3]} bytes=${Math.floor(random() * 1e6)}`;
  };
  return Array.from({ length: 10 + Math.floor(random() * 80) }, (_, place) => line(place)).join('\n');
}

function withEmoji(texts: readonly string[], random: () => number): string {
  const emoji = ['🎉', '🚀', '✅', '❌', '🐛', '👍🏽', '👩‍💻', '🔥', '⚠️', '🇩🇪', '📦', '💡', '🙌', '😀', '🧪'];
  const words = (texts[Math.floor(random() * texts.length)] ?? '').slice(0, 6000).split(' ');
  return words.map((word) => (random() < 0.12 ? `${word} ${emoji[Math.floor(random() * emoji.length)]}` : word)).join(' ');
}

function spread(texts: readonly string[], count: number): string[] {
  if (texts.length <= count) return [...texts];
  return Array.from({ length: count }, (_, at) => texts[Math.floor((at * texts.length) / count)] ?? '');
}

function cut(text: string): string {
  const kept = text.slice(0, longest);
  return kept.isWellFormed() ? kept : kept.slice(0, -1);
}
