// The page's link to the simulator: commands go out as JSON, changes come in as server-sent events.
// When no event stream is to be had, the whole state is polled instead.

const POLL_EVERY_MS = 1200;
const RETRY_STREAM_AFTER_MS = 15000;
const KINDS = ["state", "user", "entries", "removed", "webhook", "refused"];

export class Store {
  /**
   * @param {string} base the page's own path, "/simulator"
   * @param {(kind: string, update: Object) => void} onUpdate called for every change, first for "state";
   *   also with "offline" and "online"
   */
  constructor(base, onUpdate) {
    this.base = base;
    this.onUpdate = onUpdate;
    this.version = -1;
    this.polling = false;
    this.offline = false;
  }

  start() {
    this.#openStream();
    // An open stream keeps a server thread; let it go when the page is left or put away.
    addEventListener("pagehide", () => this.stream?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#openStream());
  }

  /** POST a command below the base path. Resolves to the JSON answer; rejects unless it was 2xx. */
  async post(path, body = {}) {
    const response = await fetch(`${this.base}/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    const answer = await response.json();
    if (this.polling) await this.#askForState();
    return answer;
  }

  #openStream() {
    this.stream?.close();
    const stream = new EventSource(`${this.base}/events`);
    this.stream = stream;
    for (const kind of KINDS) {
      stream.addEventListener(kind, (event) => this.#take(kind, JSON.parse(event.data)));
    }
    stream.addEventListener("open", () => {
      this.polling = false;
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
    this.onUpdate(kind, update);
  }

  async #poll() {
    if (this.polling) return;
    this.polling = true;
    while (this.polling) {
      await this.#askForState();
      await new Promise((done) => setTimeout(done, POLL_EVERY_MS));
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
    this.onUpdate(offline ? "offline" : "online", {});
  }
}
