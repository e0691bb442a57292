"""footnote completion: what a shell needs to complete Footnote's commands and options."""

import click


@click.command("completion", short_help="Make your shell complete commands.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete Footnote's commands, options and files.

    \b
    eval "$(footnote completion bash)"            in ~/.bashrc
    eval "$(footnote completion zsh)"             in ~/.zshrc, after compinit
    footnote completion fish > ~/.config/fish/completions/footnote.fish
    """
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    program = context.find_root()
    name = program.info_name or "footnote"
    click.echo(completion(program.command, {}, name, f"_{name.upper()}_COMPLETE").source())
