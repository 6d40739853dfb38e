// The page's link to the simulator: commands go out as JSON, changes come in as server-sent events.
// When no event stream is to be had, the whole state is polled instead.

const POLL_EVERY_MS = 1200;
const POLL_IN_A_HURRY_MS = 250; // for a while after a message was sent: an answer is on its way
const HURRY_FOR_MS = 4000;
const OFFLINE_AFTER_MS = 4000;
const RETRY_STREAM_AFTER_MS = 15000;
const KINDS = ["state", "user", "entries", "read", "removed", "richMenus", "webhook", "refused"];

export class Store {
  /**
   * @param {string} base the page's own path, "/simulator"
   * @param {(kind: string, update: Object) => void} onUpdate called for every change, first for "state";
   *   also with "offline" when the server has not been there for some seconds
   */
  constructor(base, onUpdate) {
    this.base = base;
    this.onUpdate = onUpdate;
    this.version = -1;
    this.pollRound = null;
    this.hurryUntil = 0;
    this.offline = false;
  }

  start() {
    this.#openStream();
    // An open stream keeps a server thread and one of the browser's few connections: a page that nobody
    // looks at lets it go, and catches up when it is seen again.
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#openStream()));
  }

  /** POST a command below the base path. Resolves to the JSON answer; rejects unless it was 2xx. */
  async post(path, body = {}) {
    const response = await this.#send(path, body);
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    const answer = await response.json();
    this.hurryUntil = Date.now() + HURRY_FOR_MS;
    if (this.pollRound) await this.#askForState();
    return answer;
  }

  #send(path, body, keepalive = false) {
    const headers = { "Content-Type": "application/json" };
    return fetch(`${this.base}/${path}`, { method: "POST", headers, body: JSON.stringify(body), keepalive });
  }

  #leave() {
    this.stream?.close();
    this.pollRound = null;
    if (this.streamId) this.#send("leave", { stream: this.streamId }, true).catch(() => {});
    this.streamId = null;
  }

  #openStream() {
    if (document.hidden) return;
    this.stream?.close();
    const stream = new EventSource(`${this.base}/events`);
    this.stream = stream;
    for (const kind of KINDS) {
      stream.addEventListener(kind, (event) => this.#take(kind, JSON.parse(event.data)));
    }
    stream.addEventListener("open", () => {
      this.pollRound = null;
      this.#setOffline(false);
    });
    stream.addEventListener("error", () => {
      if (stream.readyState !== EventSource.CLOSED) return this.#setOffline(true); // it reconnects by itself
      this.#poll();
      setTimeout(() => this.#openStream(), RETRY_STREAM_AFTER_MS);
    });
  }

  #take(kind, update) {
    this.version = update.version;
    if (update.stream) this.streamId = update.stream;
    this.onUpdate(kind, update);
  }

  async #poll() {
    if (this.pollRound) return;
    const round = {}; // a later round must not keep an earlier one alive
    this.pollRound = round;
    while (this.pollRound === round) {
      await this.#askForState();
      const wait = Date.now() < this.hurryUntil ? POLL_IN_A_HURRY_MS : POLL_EVERY_MS;
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  async #askForState() {
    try {
      const response = await fetch(`${this.base}/state?since=${this.version}`);
      this.#setOffline(!response.ok);
      if (response.status === 200) this.#take("state", await response.json());
    } catch {
      this.#setOffline(true);
    }
  }

  #setOffline(offline) {
    if (offline === this.offline) return;
    this.offline = offline;
    clearTimeout(this.offlineTimer);
    // The server ends a stream now and then, and the next follows at once: that is not worth a word.
    if (offline) this.offlineTimer = setTimeout(() => this.onUpdate("offline", {}), OFFLINE_AFTER_MS);
  }
}
