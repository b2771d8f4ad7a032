// What the libraries in static/vendor give to our scripts, as far as these use it.

interface HtmxDetail {
  elt: HTMLElement;
  target: HTMLElement;
  xhr: XMLHttpRequest;
  successful: boolean;
  triggeringEvent?: SubmitEvent;
  parameters: Record<string, string>;
  path: string;
  shouldSwap: boolean;
  serverResponse: string;
}

type HtmxEvent =
  | "htmx:afterRequest"
  | "htmx:afterSettle"
  | "htmx:beforeRequest"
  | "htmx:beforeSwap"
  | "htmx:configRequest"
  | "htmx:load"
  | "htmx:responseError"
  | "htmx:sendError";

interface DocumentEventMap extends Record<HtmxEvent, CustomEvent<HtmxDetail>> {
  /** htmx: an answer's HX-Trigger. */
  say: CustomEvent<{ text: string; isSeen?: boolean }>;
}

declare const htmx: { process(element: Element): void };

declare const Idiomorph: {
  morph(shown: Element, fresh: Element | string, options: { morphStyle: "innerHTML" | "outerHTML" }): void;
};
