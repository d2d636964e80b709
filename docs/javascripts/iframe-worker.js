// Lets the search run where pages are opened from the disk: browsers start no workers there, so a hidden frame stands for one.
// Zensical looks for this file by its name and would otherwise fetch another from elsewhere.
(() => {
  if (location.protocol !== "file:") {
    return;
  }

  class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      // What the script sends goes to the page, and not to the frame itself as a window's own would.
      inside.postMessage = (data) => this.tell("message", new MessageEvent("message", { data }));
      inside.addEventListener("error", (event) => this.tell("error", event));
      this.ready = new Promise((resolve, reject) => {
        const script = inside.document.createElement("script");
        script.onload = resolve;
        script.onerror = reject;
        script.src = new URL(url, location);
        inside.document.body.append(script);
      });
      this.ready.catch(() => this.tell("error", new ErrorEvent("error", { message: `cannot load ${url}` })));
    }

    tell(kind, event) {
      const copy = new event.constructor(kind, event);
      this.dispatchEvent(copy);
      this[`on${kind}`]?.(copy);
    }

    postMessage(data) {
      const { contentWindow: inside } = this.frame;
      this.ready.then(() => inside.dispatchEvent(new MessageEvent("message", { data })), () => {});
    }

    terminate() {
      this.frame.remove();
    }
  }

  window.Worker = FrameWorker;
})();
