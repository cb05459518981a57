using System.CommandLine;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket completion</c>: a script that lets a shell complete this program's commands and options, which it asks the program itself for.</summary>
internal static class Completion
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _picket() { local IFS=$'\n'; COMPREPLY=($(picket "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -- "^${COMP_WORDS[COMP_CWORD]}")); }
            complete -o default -F _picket picket
            """,
        ["zsh"] = """
            #compdef picket
            _picket() { local -a found; found=("${(@f)$(picket "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}"); compadd -a found; _files; }
            compdef _picket picket
            """,
        ["fish"] = """
            complete -c picket -a '(picket "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
            """,
    };

    public static Command Command()
    {
        var shell = new Argument<string>("shell") { Description = string.Join(", ", Scripts.Keys) };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Print a script that completes commands and options in a shell.\n\nExamples:\n  source <(picket completion bash)\n  picket completion zsh > ~/.zfunc/_picket\n  picket completion fish > ~/.config/fish/completions/picket.fish") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(Scripts[parsed.GetValue(shell)!]);
            return ExitCode.Done;
        });
        return command;
    }
}
