// Parts of requests: keys, addresses of sockets, timeouts, and the sentence of an answer.

/**
 * Return random bytes as hexadecimal digits, as the key of a submission.
 *
 * crypto.randomUUID is missing on pages without https.
 *
 * @param {number} [bytes]
 */
export function newKey(bytes = 12) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/**
 * Return the address of a socket on this server.
 *
 * @param {string} path
 */
export function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/**
 * Run requests with a signal that aborts them after a time: some networks lose answers without an error.
 *
 * @template Result
 * @param {number} timeout - in milliseconds
 * @param {(signal: AbortSignal) => Promise<Result>} work
 */
export async function within(timeout, work) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Return the sentence to show for an answer (in its header HX-Trigger), if any.
 *
 * @param {Response} answer
 * @returns {string | undefined}
 */
export const sentenceOf = (answer) => JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").say?.text;

/**
 * Fetch a text. Throws when no answer comes in time.
 *
 * @param {URL | string} url
 * @param {string} type - content type to accept
 * @param {number} timeout - in milliseconds
 */
export const fetchText = (url, type, timeout) =>
  within(timeout, async (signal) => {
    const answer = await fetch(url, { headers: { Accept: type }, signal });
    const { ok, status, redirected, headers } = answer;
    return { ok, status, redirected, date: headers.get("date"), text: await answer.text() };
  });
