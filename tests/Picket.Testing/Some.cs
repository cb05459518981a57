using System.Text;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Testing;

/// <summary>Events for tests that do not care which.</summary>
public static class Some
{
    /// <summary>2026-01-20T12:00:00Z.</summary>
    public static readonly DateTimeOffset Time = new(2026, 1, 20, 12, 0, 0, TimeSpan.Zero);

    public static readonly long Instant = Events.Instant.From(Time);

    /// <summary>A batch of these events, each a JSON object. Fails when one is refused.</summary>
    public static EventBatch Batch(params string[] json) => BatchOf(TenantId.Default, json);

    public static EventBatch BatchOf(TenantId tenant, params string[] json) => BatchOf(tenant, Instant, json);

    public static EventBatch BatchOf(TenantId tenant, long receivedAt, params string[] json)
    {
        using var parser = new EventParser { Tenant = tenant, ReceivedAt = receivedAt };
        foreach (var item in json)
        {
            if (!parser.TryParse(Encoding.UTF8.GetBytes(item), 0))
            {
                throw new InvalidOperationException($"{item} was refused: {parser.Errors[^1].Reason}");
            }
        }
        return parser.Into.Seal();
    }

    /// <summary>What the event gives back as sent.</summary>
    public static string Original(EventRow row)
    {
        using var into = new NativeBuffer();
        RawJson.WriteOriginal(row, into);
        return Encoding.UTF8.GetString(into.Written);
    }

    public static string? Additions(EventRow row)
    {
        using var into = new NativeBuffer();
        return RawJson.WriteAdditions(row, into) ? Encoding.UTF8.GetString(into.Written) : null;
    }
}
