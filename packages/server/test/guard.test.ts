import { describe, expect, test } from 'vitest';
import { bearerToken, Guard } from '../src/auth/guard.ts';

const guard = new Guard({ token: 'a-token', allowedHosts: ['localhost', 'Holdfast.Example', '[::1]'], allowedOrigins: ['https://app.example'] });

describe('SRV-73 the source of a request', () => {
  test.each(['localhost', 'localhost:9876', 'LOCALHOST:1', 'holdfast.example', '[::1]:9876', '[::1]', '127.0.0.1:9876', '192.168.1.7:80', '[fe80::1]:80'])('host "%s" may pass', (host) => {
    expect(() => guard.checkSource({ host })).not.toThrow();
  });

  test.each(['evil.example', 'localhost.evil.example', 'evil.example:9876', '127.0.0.1.evil.example', '', ':9876', 'localhost:9876:1', '[evil]'])('host "%s" may not', (host) => {
    expect(() => guard.checkSource({ host })).toThrow(expect.objectContaining({ code: 'HOLDFAST_SERVER_FORBIDDEN_HOST' }));
  });

  test('a request without a host may not pass', () => {
    expect(() => guard.checkSource({})).toThrow(expect.objectContaining({ code: 'HOLDFAST_SERVER_FORBIDDEN_HOST' }));
  });

  test.each([undefined, 'http://localhost:9876', 'https://app.example'])('origin %s may pass', (origin) => {
    expect(() => guard.checkSource({ host: 'localhost:9876', origin })).not.toThrow();
  });

  test.each(['null', '', 'http://localhost:1', 'https://localhost:9876', 'https://app.example.evil.example', 'http://evil.example'])('origin "%s" may not', (origin) => {
    expect(() => guard.checkSource({ host: 'localhost:9876', origin })).toThrow(expect.objectContaining({ code: 'HOLDFAST_SERVER_FORBIDDEN_ORIGIN' }));
  });
});

describe('SRV-73 the token of a request', () => {
  test('each token stands for its own name, however often and in whatever order they come', () => {
    const several = new Guard({ token: 'a-token', tokens: { ada: 'adas-token' }, allowedHosts: [], allowedOrigins: [] });

    const names = ['a-token', 'adas-token', 'a-token', 'adas-token'].map((token) => several.identify(token).name);

    expect(names).toEqual(['owner', 'ada', 'owner', 'ada']);
    expect(() => several.identify('a-toke')).toThrow(expect.objectContaining({ code: 'HOLDFAST_SERVER_UNAUTHORIZED' }));
  });

  test('the right one passes', () => {
    expect(() => guard.identify('a-token')).not.toThrow();
  });

  test.each([undefined, '', 'a-toke', 'a-token ', 'A-TOKEN', 'a-token-and-more'])('%s does not, and no message repeats it', (presented) => {
    expect(() => guard.identify(presented)).toThrow(expect.objectContaining({ code: 'HOLDFAST_SERVER_UNAUTHORIZED', message: expect.not.stringContaining('a-tok') }));
  });

  test('a guard without a token lets everybody pass', () => {
    expect(() => new Guard({ allowedHosts: [], allowedOrigins: [] }).identify(undefined)).not.toThrow();
  });

  test.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    [undefined, undefined],
  ])('the header %j presents %j', (authorization, token) => {
    expect(bearerToken({ authorization })).toBe(token);
  });
});
