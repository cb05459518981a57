using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Picket.Metastore;

/// <summary>
/// A statement that is run many times on one connection, prepared once and bound by place: a command of the provider is parsed each time, looks its parameters up by name and makes an object of each
/// value, which for tens of thousands of rows a second is most of what they take. Not thread-safe.
/// </summary>
internal sealed class PreparedStatement : IDisposable
{
    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;

    /// <param name="connection">Open. What is run within its transaction is part of it.</param>
    /// <param name="sql">With parameters <c>?1</c>, <c>?2</c> and so on.</param>
    public PreparedStatement(DbConnection connection, string sql)
    {
        database = ((SqliteConnection)connection).Handle!;
        Check(raw.sqlite3_prepare_v2(database, sql, out statement));
    }

    /// <summary>The value stays for all further rows until another is bound.</summary>
    public void Bind(int place, long value) => Check(raw.sqlite3_bind_int64(statement, place, value));

    /// <summary>The value stays for all further rows until another is bound.</summary>
    public void Bind(int place, string? value) => Check(value is null ? raw.sqlite3_bind_null(statement, place) : raw.sqlite3_bind_text(statement, place, value));

    /// <summary>A text as UTF-8, which is copied. The value stays for all further rows until another is bound.</summary>
    public void Bind(int place, ReadOnlySpan<byte> text) => Check(raw.sqlite3_bind_text(statement, place, text));

    /// <summary>The value stays for all further rows until another is bound.</summary>
    public void Bind(int place, long? value) => Check(value is { } number ? raw.sqlite3_bind_int64(statement, place, number) : raw.sqlite3_bind_null(statement, place));

    /// <summary>Runs what answers with no rows.</summary>
    /// <exception cref="DbException">It was refused.</exception>
    public void Run() => First<object>(_ => null);

    /// <summary>Runs what answers with rows.</summary>
    /// <param name="read">Reads the first.</param>
    /// <returns>The first; null for none.</returns>
    /// <exception cref="DbException">It was refused.</exception>
    public T? First<T>(Func<PreparedStatement, T?> read)
        where T : class
    {
        var result = raw.sqlite3_step(statement);
        var first = result == raw.SQLITE_ROW ? read(this) : null;
        raw.sqlite3_reset(statement);
        Check(result is raw.SQLITE_DONE or raw.SQLITE_ROW ? raw.SQLITE_OK : result);
        return first;
    }

    /// <summary>Of the row that is read.</summary>
    public string? Text(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>Of the row that is read.</summary>
    public long Number(int column) => raw.sqlite3_column_int64(statement, column);

    public void Dispose() => statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, database);
}
