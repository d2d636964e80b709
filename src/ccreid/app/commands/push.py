"""`ccreid push MODEL USER/NAME`: a model and its card on the Hugging Face hub."""

from pathlib import Path

from ccreid.app.arguments import CommandParser, Run

EXAMPLES = (
    "ccreid push runs/baseline/seed0 alice/reid --private",
    "ccreid search photo.jpg photos --model hf://alice/reid",
)


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(push, EXAMPLES)


def push(model: Path, name: str, private: bool = False) -> int:
    """Put a model on the Hugging Face hub, with a card that says what it was trained on, how, and how well it does.

    The card is made from the run's recipe and results, and replaces the one that is there. Log in first, with
    `hf auth login`, or set HF_TOKEN. HF_ENDPOINT names another hub.

    Args:
        model: A run's folder, or its model.safetensors.
        name: USER/NAME of the repository, which is made if it is not there.
        private: Show a repository that is made to nobody else.
    """
    from ccreid.training.publishing import publish

    address = publish(model, name, private)
    print(f"pushed {model} to {address}; anyone who may see it gives --model hf://{name}")
    return 0
