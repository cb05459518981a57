using System.Runtime.CompilerServices;
using Picket.Events.Parsing;

namespace Picket.Events.Normalizing;

/// <summary>What the parser found in one event: its JSON, its values in their order, and what is planned for events of such names.</summary>
internal readonly ref struct FoundEvent
{
    public required ReadOnlySpan<byte> Json { get; init; }

    /// <summary>Text of strings that had escapes.</summary>
    public required ReadOnlySpan<byte> Beside { get; init; }
    public required ReadOnlySpan<Slot> Slots { get; init; }
    public required EventPlan Plan { get; init; }

    /// <summary>Whether a string was escaped in another way than ours.</summary>
    public required bool OddEscapes { get; init; }

    /// <summary>Whether a cap has already cut something off.</summary>
    public required bool Truncated { get; init; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Text(int slot)
    {
        var at = Slots[slot];
        return (at.Beside ? Beside : Json).Slice(at.Start, at.Length);
    }
}
