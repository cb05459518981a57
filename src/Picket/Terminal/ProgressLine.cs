using Spectre.Console;

namespace Picket.Terminal;

/// <summary>How far a long command is: a bar with events and rate on a terminal, nothing in a pipe.</summary>
public sealed class ProgressLine
{
    private readonly ProgressTask? bar;
    private readonly long start = TimeProvider.System.GetTimestamp();
    private readonly string title;
    private long events;

    private ProgressLine(string title, ProgressTask? bar)
    {
        (this.title, this.bar) = (title, bar);
        if (bar is not null)
        {
            bar.MaxValue = 0;
            bar.IsIndeterminate = true;
        }
    }

    public static Task RunAsync(string title, Func<ProgressLine, Task> work)
    {
        if (Console.IsOutputRedirected || Console.IsErrorRedirected)
        {
            return work(new ProgressLine(title, null));
        }
        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new ProgressLine(title, context.AddTask(title))));
    }

    /// <summary>There is this much more to do, in whatever unit <see cref="Advance"/> counts.</summary>
    public void Expect(double more)
    {
        if (bar is not null)
        {
            bar.MaxValue += more;
            bar.IsIndeterminate = bar.MaxValue == 0;
        }
    }

    public void Advance(double done, long moreEvents)
    {
        events += moreEvents;
        if (bar is not null)
        {
            bar.Increment(done);
            var rate = events / Math.Max(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0.001);
            bar.Description = $"{title}: {events:N0} events, {rate:N0}/s";
        }
    }
}
