import { del, patch, post } from "@/api/client";
import type { Destination, DestinationFields } from "./types";

/** Fails with the `outcome` of the test in the error's body when the test does not pass. */
export const createDestination = (type: string, fields: DestinationFields): Promise<Destination> =>
  post<Destination>("console/broadcast/destinations", { type, ...fields });

/** Changes what is named. A changed config is tested first, as when it is made. */
export const updateDestination = (
  id: string,
  fields: Partial<DestinationFields>,
): Promise<Destination> => patch<Destination>(`console/broadcast/destinations/${id}`, fields);

export const deleteDestination = (id: string): Promise<null> =>
  del<null>(`console/broadcast/destinations/${id}`);
