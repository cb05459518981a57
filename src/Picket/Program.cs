using System.CommandLine;
using Picket.Commands;
using Picket.Server.Hosting;
using Picket.Terminal;

var root = new RootCommand("Picket takes security and application events in, keeps them durably, and finds them in milliseconds.\n\nExit codes: 0 done, 1 could not be done, 2 called wrongly, 3 done in part.")
{
    Serve.Command(), Demo.Command(), Import.Command(), Search.Command(), QueryCommand.Command(), Tail.Command(), Picket.Commands.Rules.RulesCommand.Command(), Picket.Commands.Alerts.AlertsCommand.Command(), Generate.Command(), Load.Command(), Keys.Command(), Config.Command(), Migrate.Command(), Inspect.Command(), Verify.Command(), Completion.Command(), Picket.Commands.Version.Command(),
};
if (Console.IsOutputRedirected)
{
    // Colours are for terminals, also where a table is asked for in a pipe.
    Spectre.Console.AnsiConsole.Profile.Capabilities.ColorSystem = Spectre.Console.ColorSystem.NoColors;
}
try
{
    var parsed = root.Parse(args);
    // Signals are the commands' own: the library would end a server two seconds after the first, whatever is under way.
    var code = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
}
catch (CommandException error)
{
    Console.Error.WriteLine(error.Message);
    return error.ExitCode;
}
catch (SettingsException error)
{
    Console.Error.WriteLine(error.Message);
    return ExitCode.Usage;
}
catch (Exception error) when (error is IOException or Picket.Storage.CorruptDataException or InvalidOperationException)
{
    Console.Error.WriteLine(error.Message);
    return ExitCode.Failed;
}
catch (OperationCanceledException)
{
    return 130;
}
