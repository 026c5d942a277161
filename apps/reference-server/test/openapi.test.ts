import { createConfig, lintFromString } from '@redocly/openapi-core';
import { operations, type Operation } from '@holdfast/protocol/api';
import { openApiDocument } from '@holdfast/server';
import { expect, test } from 'vitest';

const document = openApiDocument('1.2.3');
const paths = document['paths'] as Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;

test('SRV-07 SRV-53 the OpenAPI document passes the linter', async () => {
  const config = await createConfig({ extends: ['recommended'], rules: { 'no-server-example.com': 'off' } });

  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config });

  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer ?? ''}`)).toEqual([]);
});

test('every operation is in the document, with each of its statuses', () => {
  for (const [name, { method, path, answers, problems }] of Object.entries<Operation>(operations)) {
    const described = paths[path]?.[method.toLowerCase()];
    expect(described?.operationId).toBe(name);
    expect(Object.keys(described?.responses ?? {})).toEqual(expect.arrayContaining([...Object.keys(answers), ...problems.map(String), '400', '500']));
  }
});

test('every body has an example, which the server would accept', () => {
  for (const [name, { method, path, body, example }] of Object.entries<Operation>(operations)) {
    if (!body) continue;
    expect([name, body.safeParse(example).error?.issues]).toEqual([name, undefined]);
    expect(JSON.stringify(paths[path]?.[method.toLowerCase()])).toContain(`"example":${JSON.stringify(example)}`);
  }
});

test('every reference has what it refers to', () => {
  const { schemas } = document['components'] as { schemas: Record<string, unknown> };
  const named = JSON.stringify(document).matchAll(/#\/components\/schemas\/(?<name>[^"]+)/gu);
  const missing = [...named].map(({ groups }) => groups?.['name'] ?? '').filter((name) => !Object.hasOwn(schemas, name));

  expect(missing).toEqual([]);
  expect(JSON.stringify(document)).not.toContain('$defs');
});
