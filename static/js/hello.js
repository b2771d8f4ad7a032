// The test page: tries a socket, compares the clocks, and says every few seconds that this phone is still there.

const results = document.getElementById("results");
const { beat, socket: path } = results.dataset;
const form = document.getElementById("beat");
const PATIENCE = 5_000; // ms that a socket may take
const SAME = 5_000; // ms between two clocks that count as one
const MINUTE = 60_000;

let sockets; // undefined: being tried
let drift; // ms that this clock is ahead

function show(name, state) {
  const row = results.querySelector(`[data-result="${name}"]`);
  row.dataset.state = state;
  row.querySelector("[data-said]").textContent = row.dataset[state];
}

// ---- does a socket pass? ------------------------------------------------------------------------------

function trySocket() {
  return new Promise((done) => {
    const url = new URL(path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    const timer = setTimeout(() => done(false), PATIENCE);
    socket.onopen = () => socket.send("hello");
    socket.onmessage = () => done(true);
    socket.onclose = () => done(false);
    socket.onerror = () => done(false);
    done = ((tell) => (passed) => {
      clearTimeout(timer);
      socket.onclose = socket.onerror = null;
      socket.close();
      tell(passed);
    })(done);
  });
}

// ---- beats, each answered by the laptop's time --------------------------------------------------------

async function say() {
  const data = new FormData(form);
  if (sockets !== undefined) data.set("sockets", sockets ? "yes" : "no");
  if (drift !== undefined) data.set("drift", drift);
  const asked = Date.now();
  try {
    const answer = await fetch(location.pathname, { method: "POST", body: data });
    if (!answer.ok) throw new Error(answer.status);
    const { now } = await answer.json();
    const heard = Date.now();
    drift = Math.round((asked + heard) / 2 - now);
    show("pages", "good");
    showClock();
  } catch {
    show("pages", "bad");
  }
}

function showClock() {
  const minutes = Math.round(Math.abs(drift) / MINUTE);
  if (Math.abs(drift) < SAME) return show("clock", "good");
  show("clock", minutes < 1 ? "good" : "warning");
  if (minutes < 1) return;
  const said = results.querySelector('[data-result="clock"] [data-said]');
  said.textContent = said.textContent.replace("{minutes}", minutes);
}

await say();
sockets = await trySocket();
show("sockets", sockets ? "good" : "bad");
await say();
setInterval(say, beat * 1000);
