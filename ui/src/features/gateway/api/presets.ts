import { queryOptions } from "@tanstack/react-query";
import { del, get, patch, post } from "@/api/client";
import type { Page } from "@/api/types";
import type { Preset, PresetRow, PresetStatus, PresetVersion } from "./types";

const MOST = 100;
const at = (slug: string) => `console/gateway/presets/${encodeURIComponent(slug)}`;

export const presetsQuery = () =>
  queryOptions({
    queryKey: ["gateway", "presets"],
    queryFn: ({ signal }) =>
      get<Page<PresetRow>>("console/gateway/presets", { size: MOST }, signal),
  });

/** A preset with the version that calls use. */
export const presetQuery = (slug: string) =>
  queryOptions({
    queryKey: ["gateway", "preset", slug],
    queryFn: ({ signal }) => get<Preset>(at(slug), undefined, signal),
  });

/** Its versions, newest first. */
export const versionsQuery = (slug: string) =>
  queryOptions({
    queryKey: ["gateway", "preset", slug, "versions"],
    queryFn: ({ signal }) =>
      get<Page<PresetVersion>>(`${at(slug)}/versions`, { size: MOST }, signal),
  });

export type PresetFields = {
  name: string;
  description: string | null;
  system_prompt: string | null;
  config: Record<string, unknown>;
};

export const createPreset = (slug: string, fields: PresetFields): Promise<Preset> =>
  post<Preset>("console/gateway/presets", { slug, ...fields });

/** Another prompt or config is a new version, which calls use from then on. */
export const updatePreset = (
  slug: string,
  fields: Partial<PresetFields & { status: PresetStatus; designated_version: number }>,
): Promise<Preset> => patch<Preset>(at(slug), fields);

export const deletePreset = (slug: string): Promise<null> => del<null>(at(slug));
