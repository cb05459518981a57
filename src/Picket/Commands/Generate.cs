using System.CommandLine;
using System.Text;
using Picket.Demo;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket generate</c>: made-up events as NDJSON on standard output.</summary>
internal static class Generate
{
    public static Command Command()
    {
        var count = new Argument<int>("count") { Description = "How many events" };
        var hours = new Option<double>("--hours") { Description = "Over how many hours", DefaultValueFactory = _ => 24 };
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same events", DefaultValueFactory = _ => 42 };
        var start = new Option<DateTimeOffset>("--start") { Description = "When the first happened", DefaultValueFactory = _ => new DateTimeOffset(2026, 1, 20, 0, 0, 0, TimeSpan.Zero) };
        var command = new Command("generate", "Write made-up events of a small company.\n\nExample: picket generate 100000 | picket import -") { count, hours, seed, start };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (events, company) = (parsed.GetValue(count), new Company(parsed.GetValue(seed)));
            if (events < 0)
            {
                throw new CommandException(ExitCode.Usage, "count must be 0 or more.");
            }
            var step = TimeSpan.FromHours(parsed.GetValue(hours)) / Math.Max(events, 1);
            await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
            var text = new StringBuilder();
            for (var i = 0; i < events; i++)
            {
                company.AppendOrdinary(text, parsed.GetValue(start) + (step * i));
                if (text.Length > 1 << 16 || i == events - 1)
                {
                    await output.WriteAsync(text, cancellation);
                    text.Clear();
                }
            }
            return ExitCode.Done;
        });
        return command;
    }
}
