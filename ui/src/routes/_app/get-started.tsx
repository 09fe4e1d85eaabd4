import { createFileRoute } from "@tanstack/react-router";
import { GetStartedPage } from "@/features/onboarding/get-started-page";

export const Route = createFileRoute("/_app/get-started")({ component: GetStartedPage });
