import { createFileRoute } from "@tanstack/react-router";
import { KeysPage } from "@/features/settings/keys-page";

export const Route = createFileRoute("/_app/settings/keys")({ component: KeysPage });
