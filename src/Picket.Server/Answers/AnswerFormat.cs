namespace Picket.Server.Answers;

/// <summary>How the answer to a query is written.</summary>
public enum AnswerFormat
{
    /// <summary>A JSON object a line, as they come.</summary>
    Ndjson,

    /// <summary>One JSON object: the columns' names, and the rows as arrays.</summary>
    Table,

    /// <summary>RFC 4180, the columns' names first.</summary>
    Csv,
}
