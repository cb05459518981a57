using System.CommandLine;
using Picket.Metastore;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket migrate</c>: the metastore's tables, up or down. The server does <c>up</c> by itself when it starts.</summary>
internal static class Migrate
{
    public static Command Command()
    {
        var command = new Command("migrate", "Bring the metastore's tables up to date, or take the last step back");
        command.Add(Step("up", "Run what has not run", async (migrations, cancellation) =>
        {
            var done = await migrations.UpAsync(cancellation);
            return done.Count == 0 ? "Nothing to do." : $"Ran {string.Join(", ", done)}.";
        }));
        command.Add(Step("down", "Take the last migration back, with what its tables held", async (migrations, cancellation) =>
            await migrations.DownAsync(cancellation) is { } name ? $"Took back {name}." : "Nothing to take back."));
        return command;
    }

    private static Command Step(string name, string description, Func<Migrations, CancellationToken, Task<string>> run)
    {
        var data = Options.Data();
        var command = new Command(name, description) { data };
        command.SetAction(async (parsed, cancellation) =>
        {
            var folder = Serve.LoadSettings(parsed.GetValue(data), null).Text("data");
            Directory.CreateDirectory(folder);
            await Console.Out.WriteLineAsync(await run(new Migrations(new SqliteDatabase(Path.Combine(folder, "metastore.db"))), cancellation));
            return ExitCode.Done;
        });
        return command;
    }
}
