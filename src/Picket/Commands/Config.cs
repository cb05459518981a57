using System.CommandLine;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket config</c>: the settings that hold here, and where each is from.</summary>
internal static class Config
{
    public static Command Command()
    {
        var data = Options.Data();
        var command = new Command("config", "Show every setting that holds here and where it is from") { data };
        command.SetAction(parsed =>
        {
            var settings = Serve.LoadSettings(parsed.GetValue(data), null);
            Tables.Write(["setting", "value", "from", "what it does"], settings.All.Select(row => new[] { row.Setting.Key, row.Value, row.From, row.Setting.Summary }));
            return ExitCode.Done;
        });
        return command;
    }
}
