using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Picket.Events;

namespace Picket.Server.Tail;

/// <summary>Writes server-sent events (the WHATWG's HTML standard, 9.2): <c>id:</c> is an event's position, with which a client resumes.</summary>
internal sealed class EventStream(PipeWriter into, uint log)
{
    private const long FlushBytes = 65_536;

    /// <summary>Whether it is time to flush.</summary>
    public bool IsFull => into.CanGetUnflushedBytes && into.UnflushedBytes > FlushBytes;

    public void Write(TailItem item)
    {
        Text($"id: {new LogPosition(log, item.Seq)}\ndata: ");
        into.Write(item.Json);
        Text("\n\n");
    }

    /// <summary>Says that events were left out because the reader was slow.</summary>
    public void WriteMissed(long events) => Text(string.Create(CultureInfo.InvariantCulture, $"event: missed\ndata: {{\"missed\":{events}}}\n\n"));

    /// <summary>What clients pass over.</summary>
    public void WriteComment(string text) => Text($": {text}\n\n");

    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellation) => into.FlushAsync(cancellation);

    private void Text(string text) => into.Write(Encoding.UTF8.GetBytes(text));
}
