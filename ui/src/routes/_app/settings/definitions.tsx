import { createFileRoute } from "@tanstack/react-router";
import { DefinitionsPage } from "@/features/settings/definitions-page";

export const Route = createFileRoute("/_app/settings/definitions")({ component: DefinitionsPage });
