// What our requests have in common: their keys, their addresses, their patience, and the sentence in an answer.

/**
 * Some random bytes as hexadecimal digits: a key that no other submission has.
 *
 * crypto.randomUUID is missing where pages come without https.
 *
 * @param {number} [bytes]
 */
export function newKey(bytes = 12) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/**
 * The address of a socket on this server.
 *
 * @param {string} path
 */
export function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/**
 * Run requests with a signal that aborts them after a time: a network that swallows answers must not stop us for ever.
 *
 * @template Result
 * @param {number} patience - in milliseconds
 * @param {(signal: AbortSignal) => Promise<Result>} work
 */
export async function within(patience, work) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), patience);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What the server wants to be said about an answer (its header HX-Trigger), if anything.
 *
 * @param {Response} answer
 * @returns {string | undefined}
 */
export const sentenceOf = (answer) => JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").say?.text;

/**
 * Fetch a text. Throws when no answer came in time.
 *
 * @param {URL | string} url
 * @param {string} type - that is accepted
 * @param {number} patience - in milliseconds
 */
export const fetchText = (url, type, patience) =>
  within(patience, async (signal) => {
    const answer = await fetch(url, { headers: { Accept: type }, signal });
    const { ok, status, redirected, headers } = answer;
    return { ok, status, redirected, date: headers.get("date"), text: await answer.text() };
  });
