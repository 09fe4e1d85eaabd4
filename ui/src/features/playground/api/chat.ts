import { sendForEvents } from "@/api/client";
import type { Body } from "../lib/request";

/** Asks a model; its trace says that it comes from here, and logs hide it until they are asked not to. */
export const askModel = (body: Body, signal: AbortSignal) =>
  sendForEvents("v1/chat/completions", {
    body: { ...body, stream: true },
    signal,
    headers: { "X-Sightline-Source": "playground" },
  });
