import { del } from "@/api/client";

export const signOut = (): Promise<null> => del<null>("console/session");
