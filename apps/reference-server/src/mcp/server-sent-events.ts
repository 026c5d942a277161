/** Reads the events of a `text/event-stream`, after the HTML standard, section 9.2.6. */
export async function* readServerSentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<{ readonly data: string }> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|[\n\r]/u);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      if (line !== '' || data.length === 0) continue;
      yield { data: data.join('\n') };
      data = [];
    }
  }
}
