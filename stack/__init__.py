"""What a stack consists of: one ComponentResource per module, pure decisions beside them.

Leaves out how statements are judged and deployed (`ksql`), what connectors are set to
(`connectors`), and everything around a stack (`workshop`).
"""
