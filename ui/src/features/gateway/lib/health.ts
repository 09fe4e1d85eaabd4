import type { Endpoint } from "../api/types";

export type Health = "up" | "part" | "failing" | "out" | "unknown";

/** How an endpoint is: one that has answered no call yet is not up because it is not resting. */
export function endpointHealth(one: Endpoint): Health {
  if (one.state !== "up") return one.state;
  const ended = one.calls - one.in_flight;
  if (ended <= 0) return "unknown";
  return one.failures >= ended ? "failing" : "up";
}

/** How a model is by its endpoints: a bad one matters less while another answers. */
export function healthOf(endpoints: readonly Endpoint[]): Health {
  const each = endpoints.map(endpointHealth);
  const bad = each.filter((one) => one === "out" || one === "failing");
  if (bad.length === 0) return each.includes("up") ? "up" : "unknown";
  if (bad.length < each.length) return "part";
  return bad.includes("failing") ? "failing" : "out";
}

export type Figures = {
  calls: number;
  failures: number;
  inFlight: number;
  latencyMs: number | null;
};

/** Sums over endpoints; the latency is that of the one with the most calls, for medians do not add. */
export function figuresOf(endpoints: readonly Endpoint[]): Figures {
  const busiest = endpoints.reduce<Endpoint | undefined>(
    (best, one) => (one.latency_ms !== null && (!best || one.calls > best.calls) ? one : best),
    undefined,
  );
  return {
    calls: sum(endpoints, (one) => one.calls),
    failures: sum(endpoints, (one) => one.failures),
    inFlight: sum(endpoints, (one) => one.in_flight),
    latencyMs: busiest?.latency_ms ?? null,
  };
}

const sum = (endpoints: readonly Endpoint[], of: (one: Endpoint) => number): number =>
  endpoints.reduce((total, one) => total + of(one), 0);
