namespace Picket.Query;

/// <summary>The room's bounds.</summary>
public static class Limits
{
    /// <summary>Events on a page; more asked for is cut to this.</summary>
    public const int PageEvents = 1_000;

    /// <summary>A total is counted to here unless it must be exact; past it the answer says "at least".</summary>
    public const int CountedTotal = 10_000;

    /// <summary>Groups of an aggregate; more end the question with an error that says so.</summary>
    public const int Groups = 100_000;

    /// <summary>Bytes that all questions together may hold for their groups and pages; a question that would pass it is ended with an error that says so.</summary>
    public const long AnswerBytes = 48 * 1024 * 1024;

    /// <summary>Distinct values counted exactly in one group; past it HyperLogLog estimates, within about 1.6%.</summary>
    public const int ExactDistinct = 4_096;

    /// <summary>Relative error of a percentile.</summary>
    public const double PercentileError = 0.01;

    /// <summary>Characters of a query.</summary>
    public const int QueryCharacters = 131_072;

    /// <summary>Parentheses and negations within each other in a query.</summary>
    public const int QueryDepth = 200;

    /// <summary>Pipes of a query.</summary>
    public const int QueryPipes = 32;

    /// <summary>Fields, or measures, that one pipe names.</summary>
    public const int PipeFields = 32;

    /// <summary>Fields that a list of them has; further names are left out.</summary>
    public const int ListedFields = 10_000;

    /// <summary>Events of an answer that is a table, or that is sorted; further ones are left out, and the answer says so.</summary>
    public const int TableRows = 10_000;
}
