"""What `opik.Opik` offers and this server has not: each must say so, by the operation's name."""

from typing import Annotated

import opik
from opik import id_helpers
from shared import Transcript

PROJECT = "sdk-not-built"
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)
client.trace(name="makes the project").end()
client.flush()
id = id_helpers.generate_id()


class Settings(opik.Config):
    temperature: Annotated[float, "how warm"] = 0.5


CALLS = {
    "create_dataset": lambda: client.create_dataset("d"),
    "get_dataset": lambda: client.get_dataset("d"),
    "get_datasets": client.get_datasets,
    "get_or_create_dataset": lambda: client.get_or_create_dataset("d"),
    "delete_dataset": lambda: client.delete_dataset("d"),
    "get_dataset_experiments": lambda: client.get_dataset_experiments("d"),
    "create_test_suite": lambda: client.create_test_suite("s"),
    "get_test_suite": lambda: client.get_test_suite("s"),
    "get_test_suites": client.get_test_suites,
    "get_or_create_test_suite": lambda: client.get_or_create_test_suite("s"),
    "delete_test_suite": lambda: client.delete_test_suite("s"),
    "get_test_suite_experiments": lambda: client.get_test_suite_experiments("s"),
    "create_experiment": lambda: client.create_experiment("d", name="e"),
    "get_experiment_by_id": lambda: client.get_experiment_by_id(id),
    "get_experiment_by_name": lambda: client.get_experiment_by_name("e"),
    "get_experiments_by_name": lambda: client.get_experiments_by_name("e"),
    "update_experiment": lambda: client.update_experiment(id, name="f"),
    "get_experiments_client": lambda: (
        client.get_experiments_client().find_experiment_items_for_dataset("d", [id], False)
    ),
    "create_prompt": lambda: client.create_prompt("p", "hello {{name}}"),
    "get_prompt": lambda: client.get_prompt("p"),
    "get_all_prompts": lambda: client.get_all_prompts("p"),
    "get_prompt_history": lambda: client.get_prompt_history("p"),
    "search_prompts": client.search_prompts,
    "set_prompt_environments": lambda: client.set_prompt_environments("p", ["production"]),
    "create_chat_prompt": lambda: client.create_chat_prompt(
        "c", [{"role": "user", "content": "hello"}]
    ),
    "get_chat_prompt": lambda: client.get_chat_prompt("c"),
    "get_chat_prompt_history": lambda: client.get_chat_prompt_history("c"),
    "get_prompts_client": lambda: client.get_prompts_client().get_prompt("p"),
    "create_optimization": lambda: client.create_optimization("d", "objective"),
    "get_optimization_by_id": lambda: client.get_optimization_by_id(id),
    "delete_optimizations": lambda: client.delete_optimizations([id]),
    "create_dashboard": lambda: client.create_dashboard("b"),
    "get_dashboard": lambda: client.get_dashboard(id),
    "get_dashboards": client.get_dashboards,
    "delete_dashboard": lambda: client.delete_dashboard(id),
    "create_traces_annotation_queue": lambda: client.create_traces_annotation_queue("q"),
    "create_threads_annotation_queue": lambda: client.create_threads_annotation_queue("q"),
    "get_traces_annotation_queue": lambda: client.get_traces_annotation_queue(id),
    "get_threads_annotation_queue": lambda: client.get_threads_annotation_queue(id),
    "get_traces_annotation_queues": client.get_traces_annotation_queues,
    "get_threads_annotation_queues": client.get_threads_annotation_queues,
    "delete_annotation_queue": lambda: client.delete_annotation_queue(id),
    "create_config": lambda: client.create_config(Settings()),
    "get_or_create_config": opik.track(client.get_or_create_config),
    "set_config_env": lambda: client.set_config_env(version="v1", env="prod"),
}

for name, call in CALLS.items():
    t.step(name, call)

# Sent in the background: the loss is in the report instead.
client.log_assertion_results([{"id": id, "name": "a", "status": "passed"}])
t.step("flush", client.flush)
t.step("log_assertion_results", client.get_errors_report)
t.note("covered", [*CALLS, "log_assertion_results"])
client.end()
t.write()
