namespace Picket.Events.Batches;

/// <summary>What a value was when it came. Its text is kept as sent, so <c>"404"</c>, <c>404</c> and <c>1.0</c> all come back as they were.</summary>
public enum ValueKind : byte
{
    /// <summary>A JSON string; the text is unescaped UTF-8.</summary>
    Text = 0,

    /// <summary>A JSON number without fraction or exponent.</summary>
    Integer = 1,

    /// <summary>Any other JSON number.</summary>
    Decimal = 2,
    True = 3,
    False = 4,

    /// <summary>The text is <c>null</c>.</summary>
    Null = 5,

    /// <summary>An array, or an empty object: JSON as sent, white space taken out.</summary>
    Json = 6,

    /// <summary>JSON nested beyond the cap. Answers show it as text, so that readers' own caps hold.</summary>
    DeepJson = 7,

    /// <summary>A time of the event itself, written as RFC 3339 in UTC.</summary>
    Instant = 8,
}
