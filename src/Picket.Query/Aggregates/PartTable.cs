using System.Text;
using Picket.Events.Batches;

namespace Picket.Query.Aggregates;

/// <summary>The values of one grouped field met so far, each with a small number; 0 is none at all. Not thread-safe.</summary>
internal sealed class PartTable
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> numbers = new Dictionary<string, int>().GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly List<string?> texts = [null];
    private char[] scratch = new char[256];

    /// <summary>Characters of all values, for the bound on a question's memory.</summary>
    public long Characters { get; private set; }

    public string? this[int number] => texts[number];

    public int NumberOf(Value value)
    {
        if (value.Kind == ValueKind.Null)
        {
            return 0;
        }
        if (scratch.Length < value.Text.Length)
        {
            scratch = new char[value.Text.Length * 2];
        }
        return NumberOf(scratch.AsSpan(0, Encoding.UTF8.GetChars(value.Text, scratch)));
    }

    public int NumberOf(string? text) => text is null ? 0 : NumberOf(text.AsSpan());

    private int NumberOf(ReadOnlySpan<char> text)
    {
        if (!numbers.TryGetValue(text, out var number))
        {
            numbers.TryAdd(text, number = texts.Count);
            texts.Add(text.ToString());
            Characters += text.Length;
        }
        return number;
    }
}
